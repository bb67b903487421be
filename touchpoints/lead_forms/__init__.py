"""Forms that people fill in: built by marketers, shown on a page of their own or in other sites."""
