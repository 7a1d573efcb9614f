"""What tests run on: databases cloned from a template, a Valkey, real workers and web servers."""
