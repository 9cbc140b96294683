using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Kindred.Server.Access;
using Kindred.Store;
using Microsoft.AspNetCore.Http;

namespace Kindred.Server.Dashboard;

/// <summary>
/// Browsers that logged in with a key. The cookie holds a random number, never the key; a removed key ends its sessions at once. Forms
/// carry a token that only a page of this server can know.
/// </summary>
internal sealed class BrowserSessions(AccessKeys keys, TimeProvider clock)
{
    public const string TokenField = "token";

    private const string Cookie = "kindred-session";

    private static readonly object Opened = new();

    private const int MostSessions = 10_000;

    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(12);

    private readonly byte[] _secret = RandomNumberGenerator.GetBytes(32);
    private readonly ConcurrentDictionary<string, (AccessKey Key, DateTimeOffset End)> _sessions = new(StringComparer.Ordinal);

    /// <summary>Begins a session.</summary>
    /// <returns>False: the key is unknown.</returns>
    public bool TryOpen(HttpContext context, string key)
    {
        if (keys.Find(key.Trim()) is not { } found) return false;
        var now = clock.GetUtcNow();
        foreach (var (old, session) in _sessions) if (session.End <= now) _sessions.TryRemove(old, out _);
        if (_sessions.Count >= MostSessions) _sessions.Clear(); // they log in again
        string id = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        _sessions[id] = (found, now + Lifetime);
        context.Items[Opened] = id;
        context.Response.Cookies.Append(Cookie, id, new()
        {
            HttpOnly = true,
            SameSite = SameSiteMode.Strict,
            Secure = context.Request.IsHttps,
            Path = "/",
            MaxAge = Lifetime,
        });
        return true;
    }

    public void Close(HttpContext context)
    {
        if (IdIn(context) is { } id) _sessions.TryRemove(id, out _);
        context.Response.Cookies.Delete(Cookie);
    }

    /// <returns>Null: the browser has not logged in, or its key was removed.</returns>
    public AccessKey? KeyOf(HttpContext context) =>
        IdIn(context) is { } id && _sessions.TryGetValue(id, out var session) && session.End > clock.GetUtcNow()
            ? keys.Find(session.Key) : null;

    /// <summary>For a form of a page that this browser was given.</summary>
    public string TokenFor(HttpContext context) =>
        Base64Url.EncodeToString(HMACSHA256.HashData(_secret, Encoding.UTF8.GetBytes(IdIn(context) ?? "")));

    /// <exception cref="InputException">The form is not of a page of this server.</exception>
    public async Task<IFormCollection> ReadFormAsync(HttpContext context)
    {
        if (!context.Request.HasFormContentType) throw new InputException("Send the form of the page.");
        var form = await context.Request.ReadFormAsync(context.RequestAborted);
        byte[] given = Encoding.UTF8.GetBytes(form[TokenField].ToString()), expected = Encoding.UTF8.GetBytes(TokenFor(context));
        return CryptographicOperations.FixedTimeEquals(given, expected) ? form
            : throw new InputException("The page with this form is out of date; go back, load it again, and send the form again.");
    }

    /// <summary>That of a session which this request began, else the browser's.</summary>
    private static string? IdIn(HttpContext context) => context.Items[Opened] as string ?? context.Request.Cookies[Cookie];
}
