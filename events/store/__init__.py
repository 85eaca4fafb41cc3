"""Everything that is said to DynamoDB, and nothing else speaks to it."""
