using System.Net.Sockets;
using Npgsql;

namespace Kindred.Store.Postgres;

/// <summary>What PostgreSQL says, as a sentence.</summary>
internal static class PostgresErrors
{
    /// <returns>Null: it is no matter of the server.</returns>
    public static Exception? Translate(string address, Exception error) => error switch
    {
        PostgresException { SqlState: "53100" } => new StoreUnavailableException($"The disk of {address} is full: make room.", error),
        PostgresException { SqlState: "3D000" } =>
            new InputException($"There is no database at {address}: make it with createdb.", error),
        PostgresException { SqlState: ['2', '8', ..] } or PostgresException { SqlState: "42501" } =>
            new InputException($"{address} refuses this user: {error.Message}", error),
        // connection, resources, administration (shutting down, starting), system
        PostgresException { SqlState: ['0', '8', ..] or ['5', '3', ..] or ['5', '7', ..] or ['5', '8', ..] } =>
            new StoreUnavailableException($"{address} cannot serve now: {error.Message}", error),
        PostgresException => null,
        NpgsqlException or SocketException or IOException or TimeoutException =>
            new StoreUnavailableException($"{address} does not answer: is the server running? ({error.Message})", error),
        _ => null,
    };
}
