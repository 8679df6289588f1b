"""Files of the outside world to records: sources, cleaning, entity resolution, quarantine, pipeline."""
