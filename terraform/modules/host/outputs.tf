output "launch_template_id" {
  description = "The launch template's id."
  value       = aws_launch_template.this.id
}

output "launch_template_version" {
  description = "Its newest version."
  value       = aws_launch_template.this.latest_version
}

output "security_group_id" {
  description = "The hosts' security group."
  value       = aws_security_group.this.id
}
