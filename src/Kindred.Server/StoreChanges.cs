using Kindred.Store;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Kindred.Server;

/// <summary>
/// Tells the parts of this server what changed in the store besides new events, also by other servers. One loop asks for all of them.
/// </summary>
internal sealed partial class StoreChanges(IStore store, ILogger<StoreChanges> log) : BackgroundService
{
    private const int Page = 1_000;

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    private readonly SemaphoreSlim _gate = new(1);
    private long _version = -1;
    private bool _isAway;

    /// <summary>Called with each page of changes, in order, one call at a time. Must not throw for long: it is called again.</summary>
    public event Func<IReadOnlyList<StoreChange>, Task>? Changed;

    /// <summary>Hands out what changed until now: after a change of this server, so that its next request knows.</summary>
    public async Task CatchUpAsync(CancellationToken cancellation = default)
    {
        await _gate.WaitAsync(cancellation);
        try
        {
            if (_version < 0) return; // not started
            while (await store.ChangesAsync(_version, Page, cancellation) is { Count: > 0 } changes)
            {
                foreach (var part in Changed?.GetInvocationList().Cast<Func<IReadOnlyList<StoreChange>, Task>>() ?? []) await part(changes);
                _version = changes[^1].Version;
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>What was there before the start, each part reads by itself.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        _version = await store.LastVersionAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await CatchUpAsync(stoppingToken);
                _isAway = false;
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                if (!_isAway) LogFailed(log, e.Message);
                _isAway = true;
            }
        }
    }

    [LoggerMessage(11, LogLevel.Warning, "Changes of the store cannot be read; trying again: {Reason}")]
    private static partial void LogFailed(ILogger log, string reason);
}
