output "address" {
  description = "The database's host name."
  value       = aws_db_instance.this.address
}

output "id" {
  description = "The database's identifier, for alarms."
  value       = aws_db_instance.this.identifier
}

output "secret_arn" {
  description = "The secret with username and password, kept by RDS."
  value       = aws_db_instance.this.master_user_secret[0].secret_arn
}
