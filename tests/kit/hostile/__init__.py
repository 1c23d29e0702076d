"""Parties that mean harm, or that stand in between and know nothing: any test can place them."""

from .proxy import ANSWERS, Proxy, a_page, dripping, hanging, passing_on

__all__ = ["ANSWERS", "Proxy", "a_page", "dripping", "hanging", "passing_on"]
