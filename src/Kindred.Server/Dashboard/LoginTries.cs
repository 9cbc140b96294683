using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http;

namespace Kindred.Server.Dashboard;

/// <summary>
/// How often an address may give a wrong key on the page of the login: after <see cref="MostWrong"/> within a <see cref="Period"/> it waits
/// until the period is over. Keys are too long to be guessed; this keeps whoever tries from being a load.
/// </summary>
internal sealed class LoginTries(TimeProvider clock)
{
    public const int MostWrong = 10;

    public static readonly TimeSpan Period = TimeSpan.FromMinutes(1);

    private const int MostAddresses = 10_000;

    private readonly ConcurrentDictionary<string, (int Wrong, DateTimeOffset End)> _wrong = new(StringComparer.Ordinal);

    /// <returns>How long the address has to wait; null: it may try.</returns>
    public TimeSpan? WaitOf(HttpContext context)
    {
        var now = clock.GetUtcNow();
        return _wrong.TryGetValue(AddressOf(context), out var tries) && tries.Wrong >= MostWrong && tries.End > now
            ? tries.End - now : null;
    }

    /// <summary>Counts a wrong key.</summary>
    public void Add(HttpContext context)
    {
        var now = clock.GetUtcNow();
        if (_wrong.Count >= MostAddresses)
        {
            foreach (var (address, tries) in _wrong) if (tries.End <= now) _wrong.TryRemove(address, out _);
            if (_wrong.Count >= MostAddresses) _wrong.Clear(); // bounded memory matters more
        }
        _wrong.AddOrUpdate(
            AddressOf(context), _ => (1, now + Period),
            (_, tries) => tries.End > now ? (tries.Wrong + 1, tries.End) : (1, now + Period));
    }

    private static string AddressOf(HttpContext context) => $"{context.Connection.RemoteIpAddress}";
}
