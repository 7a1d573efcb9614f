"""Everything a person or a browser touches, and the Django project itself."""
