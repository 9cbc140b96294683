using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;

namespace Kindred.Server;

/// <summary>Where a server listens.</summary>
internal static class ListeningAddress
{
    /// <summary>Kestrel listens on all interfaces where it does not know a host: only addresses and localhost are let through.</summary>
    /// <param name="given">Several are separated by <c>;</c>.</param>
    /// <exception cref="InputException">One of them is no such address.</exception>
    public static string[] Check(string given, bool allowsHttps = false)
    {
        string[] urls = given.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (urls.Length == 0)
            throw new InputException($"There is no address to listen at; use http://host:port, such as {ServerOptions.DefaultUrl}.");
        foreach (string url in urls)
        {
            if (!Uri.TryCreate(url, UriKind.Absolute, out var uri) || !IsScheme(uri.Scheme, allowsHttps) || uri.PathAndQuery != "/"
                || uri.Fragment.Length + uri.UserInfo.Length > 0)
                throw new InputException(
                    $"'{url}' is not an address to listen at; use http://host:port, such as {ServerOptions.DefaultUrl}.");
            bool isLocalhost = uri.Host == "localhost";
            if (!isLocalhost && uri.HostNameType is not (UriHostNameType.IPv4 or UriHostNameType.IPv6))
                throw new InputException(
                    $"'{url}' names a host to listen at; use localhost, an IP address of this machine, " +
                    "or 0.0.0.0 for all of its addresses.");
            if (isLocalhost && uri.Port == 0)
                throw new InputException($"'{url}' asks for any free port of two addresses; use http://127.0.0.1:0.");
        }
        return urls;
    }

    /// <summary>Whether only programs of this machine reach it.</summary>
    public static bool IsLoopback(string url) => new Uri(url) is var uri
        && (uri.Host == "localhost" || IPAddress.IsLoopback(IPAddress.Parse(uri.Host.Trim('[', ']'))));

    /// <exception cref="InputException">The server cannot listen there.</exception>
    public static async Task StartAsync(WebApplication app, string url, CancellationToken cancellation)
    {
        try
        {
            await app.StartAsync(cancellation);
        }
        catch (IOException e) when (e.InnerException is AddressInUseException)
        {
            throw new InputException($"{url} is in use by another program; choose another port.", e);
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            throw new InputException($"The server cannot listen at {url}: {e.Message}; choose another address or port.", e);
        }
    }

    private static bool IsScheme(string scheme, bool allowsHttps) =>
        scheme == Uri.UriSchemeHttp || (allowsHttps && scheme == Uri.UriSchemeHttps);
}
