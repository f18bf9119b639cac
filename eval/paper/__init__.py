"""A report on extractors as one HTML page that needs nothing else: tables, plots, wrong cases."""
