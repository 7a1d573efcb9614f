"""Asking whether a step may be taken, recording the answer, and discharging its obligations."""
