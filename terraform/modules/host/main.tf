# How a host of one kind starts: its image, its disk, its door, and configure.sh.

locals {
  full_name = "${var.name}-${var.kind}"
  settings = merge(var.settings, {
    HOST_KIND      = var.kind
    PLATFORM_NAME  = var.name
    RELEASE_BUCKET = var.release_bucket
  })
}

resource "aws_launch_template" "this" {
  name                   = local.full_name
  image_id               = var.image_id
  instance_type          = var.instance_type
  vpc_security_group_ids = [aws_security_group.this.id]
  update_default_version = true
  ebs_optimized          = true

  # The script as it is, behind a line for each setting. Everybody on the host can read it.
  user_data = base64encode(join("\n", concat(
    ["#!/usr/bin/env bash"],
    [for name, value in local.settings : "export ${name}='${value}'"],
    [file("${path.module}/configure.sh")],
  )))

  iam_instance_profile {
    arn = var.instance_profile_arn
  }

  # Version 2 only, and not from containers.
  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
    instance_metadata_tags      = "disabled"
  }

  monitoring {
    enabled = true
  }

  block_device_mappings {
    device_name = "/dev/xvda"

    ebs {
      volume_type           = "gp3"
      volume_size           = var.disk_gigabytes
      encrypted             = true
      kms_key_id            = var.key_arn
      delete_on_termination = true
    }
  }

  dynamic "tag_specifications" {
    for_each = toset(["instance", "volume"])

    content {
      resource_type = tag_specifications.key
      tags          = merge(var.tags, { Name = local.full_name, Role = var.kind })
    }
  }
}

resource "aws_security_group" "this" {
  name_prefix = "${local.full_name}-"
  description = "The hosts of ${local.full_name}"
  vpc_id      = var.vpc_id
  tags        = { Name = local.full_name }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_security_group_egress_rule" "inside" {
  security_group_id = aws_security_group.this.id
  description       = "Within the VPC"
  cidr_ipv4         = var.vpc_cidr
  ip_protocol       = "tcp"
  from_port         = 1
  to_port           = 65535
}

# AWS itself, and packages: HTTPS, and HTTP for Debian's, which are signed.
resource "aws_vpc_security_group_egress_rule" "outside" {
  for_each = { https = 443, http = 80 }

  security_group_id = aws_security_group.this.id
  description       = "AWS and packages by ${upper(each.key)}"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = each.value
  to_port           = each.value
}
