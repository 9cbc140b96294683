namespace Kindred.Store.Sql;

/// <summary>The tables, in numbered steps; a store remembers which it has.</summary>
internal static class SqlSchema
{
    /// <summary>The step this program needs.</summary>
    public const int Version = 6;

    /// <summary>Takes the steps that are missing, all or none.</summary>
    /// <param name="dialect">Where the steps are: the folder Sqlite or Postgres.</param>
    /// <exception cref="InputException">A newer version wrote the store.</exception>
    public static Task UpdateAsync(SqlDatabase database, string dialect, CancellationToken cancellationToken) =>
        database.WriteAsync(async transaction =>
        {
            await transaction.ExecuteAsync("CREATE TABLE IF NOT EXISTS schema_step (version BIGINT PRIMARY KEY)").ConfigureAwait(false);
            long present = await transaction.Connection.LongAsync("SELECT max(version) FROM schema_step", cancellationToken)
                .ConfigureAwait(false);
            if (present > Version)
                throw new InputException($"A newer Kindred wrote the store (schema {present}, this one knows {Version}): update Kindred.");
            for (long step = present + 1; step <= Version; step++)
            {
                await transaction.ExecuteAsync(Text($"{dialect}.{step}")).ConfigureAwait(false);
                await transaction.ExecuteAsync("INSERT INTO schema_step (version) VALUES (@step)", ("step", step)).ConfigureAwait(false);
            }
            return true;
        }, cancellationToken, isLong: true);

    private static string Text(string resource)
    {
        using var stream = typeof(SqlSchema).Assembly.GetManifestResourceStream(resource)
            ?? throw new InvalidOperationException($"{resource} is not in the assembly.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
