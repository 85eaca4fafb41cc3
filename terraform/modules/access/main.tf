# A role for each kind of host, with what its processes call and nothing more.
# A test records the calls of running processes and compares.

data "aws_caller_identity" "this" {}
data "aws_region" "this" {}

locals {
  account = data.aws_caller_identity.this.account_id
  region  = data.aws_region.this.name
  indexes = "${var.events_table_arn}/index/*"
}

resource "aws_iam_role" "host" {
  for_each = local.statements

  name = "${var.name}-${each.key}"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "ec2.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role_policy" "host" {
  for_each = local.statements

  name   = "host"
  role   = aws_iam_role.host[each.key].id
  policy = jsonencode({ Version = "2012-10-17", Statement = concat(each.value, local.common[each.key]) })
}

resource "aws_iam_instance_profile" "host" {
  for_each = local.statements

  name = "${var.name}-${each.key}"
  role = aws_iam_role.host[each.key].name
}
