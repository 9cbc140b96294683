namespace Kindred.Store.Tests;

public sealed class SqliteEventTests(SqliteHome home) : EventContract(home), IClassFixture<SqliteHome>;

public sealed class SqliteCatalogTests(SqliteHome home) : CatalogContract(home), IClassFixture<SqliteHome>;

public sealed class SqliteAdministrationTests(SqliteHome home) : AdministrationContract(home), IClassFixture<SqliteHome>;

public sealed class SqliteForgettingTests(SqliteHome home) : ForgettingContract(home), IClassFixture<SqliteHome>;

public sealed class SqliteBackupTests(SqliteHome home) : BackupContract(home), IClassFixture<SqliteHome>;

public sealed class SqliteExperimentTests(SqliteHome home) : ExperimentContract(home), IClassFixture<SqliteHome>;

public sealed class SqliteExposureContractTests(SqliteHome home) : ExposureContractContract(home), IClassFixture<SqliteHome>;

public sealed class PostgresExposureContractTests(PostgresHome home) : ExposureContractContract(home);

public sealed class PostgresExperimentTests(PostgresHome home) : ExperimentContract(home);

public sealed class PostgresEventTests(PostgresHome home) : EventContract(home);

public sealed class PostgresCatalogTests(PostgresHome home) : CatalogContract(home);

public sealed class PostgresAdministrationTests(PostgresHome home) : AdministrationContract(home);

public sealed class PostgresForgettingTests(PostgresHome home) : ForgettingContract(home);

public sealed class PostgresBackupTests(PostgresHome home) : BackupContract(home);
