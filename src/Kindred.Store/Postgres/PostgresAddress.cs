using Npgsql;

namespace Kindred.Store.Postgres;

/// <summary><c>postgres://user:password@host:port/database?sslmode=require</c>, as psql takes it.</summary>
internal static class PostgresAddress
{
    public static bool Is(string address) =>
        address.StartsWith("postgres://", StringComparison.OrdinalIgnoreCase)
        || address.StartsWith("postgresql://", StringComparison.OrdinalIgnoreCase);

    /// <summary>The address without user, password and options, for people.</summary>
    public static string Show(string address) =>
        Uri.TryCreate(address, UriKind.Absolute, out var uri) ? $"postgres://{uri.Authority}{uri.AbsolutePath}" : "postgres://…";

    /// <param name="namesDatabase">False: without a database it is the one that is called like the user.</param>
    /// <exception cref="InputException">It is no such address.</exception>
    public static NpgsqlConnectionStringBuilder Parse(string address, bool namesDatabase = true)
    {
        if (!Uri.TryCreate(address, UriKind.Absolute, out var uri) || namesDatabase && uri.AbsolutePath.Trim('/').Length == 0)
            throw new InputException("The address of PostgreSQL is not of the form postgres://user:password@host:port/database.");
        try
        {
            var settings = new NpgsqlConnectionStringBuilder
            {
                Host = uri.Host.Length > 0 ? uri.Host : "localhost",
                Port = uri.Port > 0 ? uri.Port : 5432,
            };
            string[] user = uri.UserInfo.Split(':', 2);
            if (user[0].Length > 0) settings.Username = Uri.UnescapeDataString(user[0]);
            if (user.Length == 2) settings.Password = Uri.UnescapeDataString(user[1]);
            if (uri.AbsolutePath.Trim('/') is { Length: > 0 } database) settings.Database = Uri.UnescapeDataString(database);
            foreach (string pair in uri.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
            {
                string[] sides = pair.Split('=', 2);
                string key = sides[0] switch { "sslmode" => "SSL Mode", "user" => "Username", var other => other };
                settings[key] = sides.Length == 2 ? Uri.UnescapeDataString(sides[1]) : "";
            }
            return settings;
        }
        catch (ArgumentException e)
        {
            throw new InputException($"{Show(address)} has an option that cannot be used: {e.Message}", e);
        }
    }
}
