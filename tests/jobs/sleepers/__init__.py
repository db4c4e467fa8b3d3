"""An app whose work takes as long as is asked for; processes of the tests have it as well."""
