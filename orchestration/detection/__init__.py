"""What all detectors share: the events they see, the findings they make, and the stream between."""
