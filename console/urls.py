"""Where each address leads."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from console.views import (
    agents,
    approvals,
    decisions,
    flows,
    goals,
    halts,
    health,
    ledger,
    overview,
    palette,
    parked,
    policies,
    signin,
    tasks,
    verifying,
)

urlpatterns: list[URLPattern | URLResolver] = [
    path("health", health.show, name="health"),
    path("", overview.home, name="home"),
    path("overview/", overview.show, name="overview"),
    path("flows/", flows.index, name="flows"),
    path("flows/<uuid:key>/", flows.show, name="flow"),
    path("decisions/<uuid:key>/", decisions.show, name="decision"),
    path("tasks/<uuid:key>/", tasks.show, name="task"),
    path("goals/new/", goals.new, name="goal-new"),
    path("goals/new/<str:blueprint>/<str:template>/", goals.start, name="goal-start"),
    path("goals/<uuid:key>/events/<str:event>/", goals.event, name="goal-event"),
    path("goals/<uuid:key>/<str:act>/", goals.act, name="goal-act"),
    path("halts/", halts.show, name="halts"),
    path("halts/order/", halts.order, name="halt-order"),
    path("halts/<uuid:key>/release/", halts.release, name="halt-release"),
    path("palette/", palette.show, name="palette"),
    path("sign-in/", signin.SignIn.as_view(), name="login"),
    path("sign-out/", signin.sign_out, name="logout"),
    path("approvals/", approvals.show, name="approvals"),
    path("approvals/<uuid:key>/", approvals.answer, name="approval-answer"),
    path("parked/", parked.show, name="parked"),
    path("parked/<uuid:key>/", parked.act, name="parked-act"),
    path("agents/", agents.show_all, name="agents"),
    path("agents/<slug:slug>/", agents.show, name="agent"),
    path("agents/<slug:slug>/act/", agents.act, name="agent-act"),
    path("policies/", policies.show_all, name="policies"),
    path("policies/<str:key>/", policies.show, name="policy"),
    path("audit/", ledger.show, name="ledger"),
    path("audit/verify/", verifying.show, name="verify"),
    path("audit/verify/start/", verifying.start, name="verify-start"),
    path("audit/verify/<uuid:key>/cancel/", verifying.cancel, name="verify-cancel"),
]
