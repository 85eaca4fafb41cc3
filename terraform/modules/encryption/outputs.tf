output "key_arn" {
  description = "The key's ARN, not before its policy is in force."
  value       = aws_kms_key.this.arn
}
