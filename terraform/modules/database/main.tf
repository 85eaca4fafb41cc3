# PostgreSQL for Django's own tables: staff, API keys, event types. Workers never need it.

resource "aws_db_subnet_group" "this" {
  name       = var.name
  subnet_ids = var.subnet_ids
}

resource "aws_db_parameter_group" "this" {
  name_prefix = "${var.name}-"
  family      = "postgres16"

  parameter {
    name  = "rds.force_ssl"
    value = "1"
  }

  parameter {
    name  = "log_min_duration_statement"
    value = "1000"
  }

  lifecycle {
    create_before_destroy = true
  }
}

# RDS would make them itself, and keep what they hold for ever.
resource "aws_cloudwatch_log_group" "this" {
  for_each = toset(["postgresql", "upgrade"])

  name              = "/aws/rds/instance/${var.name}/${each.key}"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.key_arn
}

resource "aws_db_instance" "this" {
  identifier     = var.name
  engine         = "postgres"
  engine_version = "16"
  instance_class = var.instance_class
  db_name        = "platform"
  username       = "platform"
  # Made, kept and rotated by RDS in Secrets Manager: it is in no variable and in no state.
  manage_master_user_password   = true
  master_user_secret_kms_key_id = var.key_arn

  allocated_storage     = 20
  max_allocated_storage = 100
  storage_type          = "gp3"
  storage_encrypted     = true
  kms_key_id            = var.key_arn

  multi_az               = var.is_multi_az
  publicly_accessible    = false
  db_subnet_group_name   = aws_db_subnet_group.this.name
  vpc_security_group_ids = [aws_security_group.this.id]
  parameter_group_name   = aws_db_parameter_group.this.name

  backup_retention_period         = var.backup_retention_days
  copy_tags_to_snapshot           = true
  deletion_protection             = var.is_protected
  skip_final_snapshot             = !var.is_protected
  final_snapshot_identifier       = var.is_protected ? "${var.name}-final" : null
  auto_minor_version_upgrade      = true
  apply_immediately               = !var.is_protected
  enabled_cloudwatch_logs_exports = keys(aws_cloudwatch_log_group.this)
  performance_insights_enabled    = true
  performance_insights_kms_key_id = var.key_arn
}

resource "aws_security_group" "this" {
  name_prefix = "${var.name}-database-"
  description = "The database of ${var.name}"
  vpc_id      = var.vpc_id
  tags        = { Name = "${var.name}-database" }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_security_group_ingress_rule" "api" {
  security_group_id            = aws_security_group.this.id
  description                  = "PostgreSQL from the API's hosts"
  referenced_security_group_id = var.api_security_group_id
  ip_protocol                  = "tcp"
  from_port                    = 5432
  to_port                      = 5432
}
