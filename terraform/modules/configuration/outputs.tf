output "secret_key_arn" {
  description = "The secret that holds SECRET_KEY."
  value       = aws_secretsmanager_secret.django.arn
}

output "release_parameter" {
  description = "The parameter that names the current release."
  value       = aws_ssm_parameter.release.name
}

output "log_group_arns" {
  description = "The log groups by kind of host."
  value       = { for kind, group in aws_cloudwatch_log_group.host : kind => group.arn }
}
