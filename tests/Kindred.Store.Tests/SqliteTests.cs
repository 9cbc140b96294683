namespace Kindred.Store.Tests;

public sealed class SqliteEventTests(SqliteHome home) : EventContract(home), IClassFixture<SqliteHome>;

public sealed class SqliteCatalogTests(SqliteHome home) : CatalogContract(home), IClassFixture<SqliteHome>;
