using System.Collections.Concurrent;
using Kindred.Store;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Kindred.Server.Access;

/// <summary>
/// What each key may send, on all servers of a store together. A server decides by itself, without asking; a few times a second it tells
/// the others through the store what it let through, and takes off what they did. While the store is away, or slow, each server counts
/// alone.
/// </summary>
internal sealed partial class KeyBudgets(
    IStore store, LivingFolder folder, RequestLimitsInUse limits, TimeProvider clock, ILogger<KeyBudgets> log) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    /// <summary>After a longer silence what others let through meanwhile is not taken off: nobody shall wait for it now.</summary>
    private static readonly TimeSpan Memory = TimeSpan.FromSeconds(5);

    private readonly string _server = $"{Guid.NewGuid():N}";
    private readonly ConcurrentDictionary<string, KeyBudget> _budgets = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, long> _sent = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _told = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Key, string Server), long> _heard = [];
    private long? _exchanged; // timestamp of the last time; null: never

    /// <summary>Takes a request of a key.</summary>
    /// <returns>Zero: it is let through; else how long to wait.</returns>
    public TimeSpan Take(string key)
    {
        if (limits.Current is not { RequestsPerSecond: not null } current) return TimeSpan.Zero;
        var wait = BudgetOf(key, current).Take();
        if (wait == TimeSpan.Zero) _sent.AddOrUpdate(key, 1, (_, sent) => sent + 1);
        return wait;
    }

    /// <summary>Tells the other servers, and hears from them.</summary>
    internal async Task ExchangeAsync(CancellationToken cancellation)
    {
        var current = limits.Current;
        bool isLimited = current.RequestsPerSecond is not null;
        if (!isLimited && _exchanged is not null)
        {
            _exchanged = clock.GetTimestamp(); // nobody counts, so that what was heard stays true
            return;
        }
        var changed = _sent.Where(pair => _told.GetValueOrDefault(pair.Key) != pair.Value).Select(pair => (pair.Key, pair.Value)).ToArray();
        var others = await store.Keys.CountRequestsAsync(_server, changed, cancellation);
        foreach (var (key, sent) in changed) _told[key] = sent;
        bool isRecent = _exchanged is { } before && clock.GetElapsedTime(before) <= Memory;
        foreach (var other in others)
        {
            long more = other.Sent - _heard.GetValueOrDefault((other.Key, other.Server));
            _heard[(other.Key, other.Server)] = other.Sent;
            if (more > 0 && isRecent && isLimited) BudgetOf(other.Key, current).TakeOff(more, Memory);
        }
        _exchanged = clock.GetTimestamp();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!folder.IsShared) return;
        using var timer = new PeriodicTimer(Interval);
        bool isAway = false;
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await ExchangeAsync(stoppingToken);
                isAway = false;
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                if (!isAway) LogAlone(log, e.Message);
                isAway = true;
            }
        }
    }

    /// <summary>Other limits are other budgets, which begin full.</summary>
    private KeyBudget BudgetOf(string key, RequestLimits current) => _budgets.AddOrUpdate(
        key, _ => new(current, clock), (_, budget) => budget.Limits == current ? budget : new(current, clock));

    [LoggerMessage(53, LogLevel.Warning, "Other servers cannot be told how often keys ask; each counts alone: {Reason}")]
    private static partial void LogAlone(ILogger log, string reason);
}
