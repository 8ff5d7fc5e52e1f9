"""Known questions: what callers asked that a section answers, proposed and released."""
