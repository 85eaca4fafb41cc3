# Prometheus, Alertmanager, Grafana and celery-exporter on one host that is replaced when it fails.
# What they remember is on a disk of its own, which the next host attaches.

module "host" {
  source = "../host"

  name                 = var.name
  kind                 = "monitoring"
  tags                 = var.tags
  vpc_id               = var.vpc_id
  vpc_cidr             = var.vpc_cidr
  image_id             = var.image_id
  instance_type        = var.instance_type
  disk_gigabytes       = 20
  instance_profile_arn = var.instance_profile_arn
  release_bucket       = var.release_bucket
  settings             = { VOLUME_ID = aws_ebs_volume.this.id }
  key_arn              = var.key_arn
}

resource "aws_ebs_volume" "this" {
  availability_zone = var.zone
  type              = "gp3"
  size              = var.disk_gigabytes
  encrypted         = true
  kms_key_id        = var.key_arn
  tags              = { Name = "${var.name}-monitoring", Role = "monitoring" }
}

resource "aws_autoscaling_group" "this" {
  name                      = "${var.name}-monitoring"
  min_size                  = 1
  max_size                  = 1
  vpc_zone_identifier       = var.subnet_ids
  target_group_arns         = var.has_door ? [var.target_group_arn] : []
  health_check_type         = "EC2"
  enabled_metrics           = ["GroupInServiceInstances"]
  wait_for_capacity_timeout = "0"

  launch_template {
    id      = module.host.launch_template_id
    version = module.host.launch_template_version
  }

  initial_lifecycle_hook {
    name                 = "configure"
    lifecycle_transition = "autoscaling:EC2_INSTANCE_LAUNCHING"
    default_result       = "ABANDON"
    heartbeat_timeout    = 900
  }

  # The disk is in one place at a time: the old host leaves first.
  instance_refresh {
    strategy = "Rolling"

    preferences {
      min_healthy_percentage = 0
    }
  }

  dynamic "tag" {
    for_each = merge(var.tags, { Name = "${var.name}-monitoring" })

    content {
      key                 = tag.key
      value               = tag.value
      propagate_at_launch = false
    }
  }
}

resource "aws_vpc_security_group_ingress_rule" "grafana" {
  count = var.has_door ? 1 : 0

  security_group_id            = module.host.security_group_id
  description                  = "Grafana from the load balancer"
  referenced_security_group_id = var.load_balancer_security_group_id
  ip_protocol                  = "tcp"
  from_port                    = 3000
  to_port                      = 3000
}
