# What hosts read to write their environment file: a parameter for each variable, and one secret.

resource "aws_ssm_parameter" "environment" {
  for_each = var.environment

  name  = "/${var.name}/environment/${each.key}"
  type  = "String"
  value = each.value
}

# Where hosts find the secrets; the secrets themselves are never in a parameter.
resource "aws_ssm_parameter" "source" {
  for_each = merge(var.sources, { SECRET_KEY_ARN = aws_secretsmanager_secret.django.arn })

  name  = "/${var.name}/sources/${each.key}"
  type  = "String"
  value = each.value
}

# Which release hosts run. A deployment changes it, so Terraform sets it once only.
resource "aws_ssm_parameter" "release" {
  name  = "/${var.name}/release"
  type  = "String"
  value = "none"

  lifecycle {
    ignore_changes = [value]
  }
}

# Its value is put by hand, once: in a plan or a state it would be read by too many.
resource "aws_secretsmanager_secret" "django" {
  name                    = "${var.name}/django-secret-key"
  description             = "SECRET_KEY of ${var.name}"
  kms_key_id              = var.key_arn
  recovery_window_in_days = var.is_protected ? 30 : 0
}

resource "aws_cloudwatch_log_group" "host" {
  for_each = toset(["api", "worker", "monitoring"])

  name              = "/${var.name}/${each.key}"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.key_arn
}
