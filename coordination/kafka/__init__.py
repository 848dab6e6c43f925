"""The plan log on Kafka. The only place that imports the Kafka client."""
