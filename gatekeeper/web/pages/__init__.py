"""Pages: a blueprint a group of screens. A route is parse, call, answer."""
