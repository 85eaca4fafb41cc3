output "instance_profile_arns" {
  description = "The instance profiles, by kind of host."
  value       = { for kind, profile in aws_iam_instance_profile.host : kind => profile.arn }

  # Without its policy a first host could not configure itself.
  depends_on = [aws_iam_role_policy.host]
}

output "policies" {
  description = "What each kind of host may do, as JSON."
  value       = { for kind, policy in aws_iam_role_policy.host : kind => policy.policy }
}

output "deployment_role_arn" {
  description = "The role that CI takes to deploy; null without a repository."
  value       = one(aws_iam_role.deployment[*].arn)
}
