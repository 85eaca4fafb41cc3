output "group_name" {
  description = "The autoscaling group."
  value       = aws_autoscaling_group.this.name
}

output "security_group_id" {
  description = "The hosts' security group."
  value       = module.host.security_group_id
}
