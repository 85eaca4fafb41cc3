output "events_table" {
  description = "The table of events: EVENTS_TABLE."
  value       = aws_dynamodb_table.event.name
}

output "events_table_arn" {
  description = "Its ARN."
  value       = aws_dynamodb_table.event.arn
}

output "platform_table" {
  description = "The table of what the platform remembers: PLATFORM_TABLE."
  value       = aws_dynamodb_table.platform.name
}

output "platform_table_arn" {
  description = "Its ARN."
  value       = aws_dynamodb_table.platform.arn
}
