output "topic_arn" {
  description = "Where alarms are told; subscribe to it what pages you."
  value       = aws_sns_topic.this.arn
}
