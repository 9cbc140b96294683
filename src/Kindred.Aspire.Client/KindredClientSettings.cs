using System.Data.Common;

namespace Kindred.Aspire.Client;

/// <summary>Where a server is and what is watched, from the section <c>Aspire:Kindred:Client</c> and the connection string.</summary>
public sealed class KindredClientSettings
{
    /// <summary>
    /// The server's address; null: the name of the connection is that of a service, which is discovered.
    /// </summary>
    public Uri? Endpoint { get; set; }

    /// <summary>What the server asks for, where it has keys; null: nothing is sent.</summary>
    public string? Key { get; set; }

    /// <summary>True: no health check is registered.</summary>
    public bool DisableHealthChecks { get; set; }

    /// <summary>True: calls are no spans.</summary>
    public bool DisableTracing { get; set; }

    /// <summary>True: calls are not measured.</summary>
    public bool DisableMetrics { get; set; }

    /// <param name="text"><c>Endpoint=http://host:port;Key=…</c>, or an address alone.</param>
    /// <exception cref="InvalidOperationException">It is neither.</exception>
    internal void Read(string text, string name)
    {
        var parts = new DbConnectionStringBuilder();
        string? address = text;
        if (text.Contains('=', StringComparison.Ordinal))
        {
            parts.ConnectionString = text;
            address = parts.TryGetValue(nameof(Endpoint), out object? endpoint) ? (string)endpoint : null;
            if (parts.TryGetValue(nameof(Key), out object? key)) Key = (string)key;
        }
        Endpoint = Uri.TryCreate(address, UriKind.Absolute, out var uri) ? uri
            : throw new InvalidOperationException(
                $"The connection string '{name}' names no server; write Endpoint=http://host:port;Key=… or an address alone.");
    }
}
