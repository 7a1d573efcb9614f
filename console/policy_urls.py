"""Addresses of everything about policies: those in force, drafts, bundles, packs, replays."""

from __future__ import annotations

from django.urls import URLPattern, path

from console.views import (
    policies,
    policy_acts,
    policy_bundles,
    policy_drafts,
    policy_packs,
    policy_playground,
    policy_replays,
    policy_reports,
)

urlpatterns: list[URLPattern] = [
    path("policies/", policies.show_all, name="policies"),
    path("policies/<str:key>/", policies.show, name="policy"),
    path("policies/<str:key>/export/", policy_bundles.export_policy, name="policy-export"),
    path(
        "policies/<str:key>/versions/<int:old>..<int:new>/",
        policies.versions,
        name="policy-versions",
    ),
    path("drafts/", policy_drafts.show_all, name="drafts"),
    path("drafts/new/", policy_drafts.new, name="draft-new"),
    path("drafts/<uuid:key>/", policy_drafts.show, name="draft"),
    path("drafts/<uuid:key>/save/", policy_drafts.save, name="draft-save"),
    path("drafts/<uuid:key>/check/", policy_drafts.check, name="draft-check"),
    path("drafts/<uuid:key>/replay/", policy_replays.start, name="replay-start"),
    path("drafts/<uuid:key>/export/", policy_bundles.export_draft, name="draft-export"),
    path("drafts/<uuid:key>/act/<str:act>/", policy_acts.act, name="draft-act"),
    path("bundles/", policy_bundles.show_all, name="bundles"),
    path("bundles/compare/", policy_bundles.choose, name="bundle-choose"),
    path("bundles/<int:old>..<int:new>/", policy_bundles.compare, name="bundle-compare"),
    path("bundles/<int:number>/", policy_bundles.show, name="bundle"),
    path("bundles/<int:number>/restore/", policy_bundles.restore, name="bundle-restore"),
    path("bundles/<int:number>/export/", policy_bundles.export, name="bundle-export"),
    path("packs/", policy_packs.show_all, name="packs"),
    path("packs/<slug:name>/", policy_packs.show, name="pack"),
    path("packs/<slug:name>/install/", policy_packs.install, name="pack-install"),
    path("principles/", policy_packs.principles, name="principles"),
    path("replays/", policy_replays.show_all, name="replays"),
    path("replays/start/", policy_replays.start_active, name="replay-active"),
    path("replays/<uuid:key>/", policy_replays.show, name="replay"),
    path("replays/<uuid:key>/cancel/", policy_replays.cancel, name="replay-cancel"),
    path("coverage/", policy_reports.coverage, name="coverage"),
    path("shadow/", policy_reports.shadow, name="shadow"),
    path("playground/", policy_playground.show, name="playground"),
]
