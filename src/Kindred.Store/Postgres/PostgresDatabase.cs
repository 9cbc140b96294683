using System.Data.Common;
using Kindred.Store.Sql;
using Npgsql;

namespace Kindred.Store.Postgres;

/// <summary>
/// Tables in the schema kindred. Writers take turns by a lock of the database, which is released after the commit has become visible:
/// numbers appear in their order, and readers who ask for what comes after N miss nothing.
/// </summary>
internal sealed class PostgresDatabase : SqlDatabase
{
    private const string Schema = "kindred";

    internal const long WriteLock = 0x6b696e6472656421; // "kindred!"

    private readonly NpgsqlDataSource _source, _patient;

    /// <param name="source">Of connections whose commands end after a time.</param>
    /// <param name="patient">Of connections whose commands take as long as they need.</param>
    private PostgresDatabase(NpgsqlDataSource source, NpgsqlDataSource patient, string address, TimeProvider clock) : base(clock) =>
        (_source, _patient, Address) = (source, patient, address);

    /// <summary>For people.</summary>
    public string Address { get; }

    public static async Task<PostgresDatabase> OpenAsync(string address, StoreOptions options, CancellationToken cancellationToken)
    {
        var settings = PostgresAddress.Parse(address);
        settings.SearchPath = Schema;
        settings.MaxAutoPrepare = 32;
        settings.Options = $"-c synchronous_commit={(options.Durability == Durability.Fsync ? "on" : "off")}";
        settings.ApplicationName ??= "kindred";
        var patient = new NpgsqlConnectionStringBuilder(settings.ConnectionString) { CommandTimeout = 0 };
        var database = new PostgresDatabase(
            NpgsqlDataSource.Create(settings), NpgsqlDataSource.Create(patient), PostgresAddress.Show(address), options.Clock);
        try
        {
            await database.WriteAsync(
                transaction => transaction.ExecuteAsync($"CREATE SCHEMA IF NOT EXISTS {Schema}"), cancellationToken, isLong: true)
                .ConfigureAwait(false);
            return database;
        }
        catch
        {
            await database.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public override Task<T> ReadAsync<T>(
        Func<DbConnection, Task<T>> read, CancellationToken cancellationToken, bool isLong = false) =>
        ConnectAsync(async connection => await read(connection).ConfigureAwait(false), cancellationToken, isLong);

    public override Task<T> WriteAsync<T>(
        Func<SqlTransaction, Task<T>> write, CancellationToken cancellationToken, bool isLong = false) => ConnectAsync(
        async connection =>
        {
            await using var begun = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
            await connection.ExecuteAsync("SELECT pg_advisory_xact_lock(@lock)", cancellationToken, ("lock", WriteLock))
                .ConfigureAwait(false);
            var transaction = new SqlTransaction(connection, Now, cancellationToken);
            T result = await write(transaction).ConfigureAwait(false);
            await transaction.FinishAsync().ConfigureAwait(false);
            await begun.CommitAsync(CancellationToken.None).ConfigureAwait(false);
            return result;
        },
        cancellationToken, isLong);

    /// <summary>Runs outside of a transaction of ours.</summary>
    /// <param name="isLong">It may take as long as it needs.</param>
    public async Task<T> ConnectAsync<T>(Func<NpgsqlConnection, Task<T>> use, CancellationToken cancellationToken, bool isLong = false)
    {
        var source = isLong ? _patient : _source;
        try
        {
            await using var connection = await source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
            return await use(connection).ConfigureAwait(false);
        }
        catch (Exception e) when (PostgresErrors.Translate(Address, e) is { } told)
        {
            if (told is StoreUnavailableException) source.Clear(); // other connections to a server that stopped are dead, too
            throw told;
        }
    }

    public override async ValueTask DisposeAsync()
    {
        await _source.DisposeAsync().ConfigureAwait(false);
        await _patient.DisposeAsync().ConfigureAwait(false);
    }
}
