using System.Diagnostics;
using Kindred.Server.Live;
using Kindred.Store;
using Microsoft.Extensions.Logging;

namespace Kindred.Server.ExposureContracts;

/// <summary>Starts a contract for each new item, as long as not too many run.</summary>
internal sealed partial class ContractStarter(IStore store, ContractBook book, TimeProvider clock, ILogger<ContractStarter> logger)
{
    /// <summary>With so many, and those of the page that reached it, further items wait.</summary>
    public const int MostRunning = 10_000;

    private const int Page = 1_000;

    /// <summary>Of more items that changed nobody keeps the ids: all items are looked at again.</summary>
    private const int MostChanged = 100_000;

    /// <summary>Of each round: to look at all items of a large catalog takes longer.</summary>
    private static readonly TimeSpan LookTime = TimeSpan.FromMilliseconds(200);

    private readonly Lock _gate = new();
    private readonly HashSet<string> _changed = new(StringComparer.Ordinal);
    private bool _isIncomplete; // changes were not noted
    private ContractSettings? _lookedBy; // the settings that all items are looked at by
    private string? _lookedAt; // the last item of them
    private bool _isLooking, _saidFull;

    /// <summary>Whether as many contracts run as may.</summary>
    public bool IsFull => book.Count >= MostRunning;

    /// <summary>Notes items that changed.</summary>
    public void Notice(IReadOnlyList<StoreChange> changes)
    {
        lock (_gate)
        {
            foreach (var change in changes) if (change is { Kind: ChangeKind.Item, Deleted: false }) _changed.Add(change.Id);
            if (_changed.Count <= MostChanged) return;
            _changed.Clear();
            _isIncomplete = true;
        }
    }

    /// <summary>Contracts are off: what changed meanwhile is looked at when they are on again, with all other items.</summary>
    public void Forget()
    {
        lock (_gate) _changed.Clear();
        _lookedBy = null;
    }

    /// <summary>Starts what is due, for some time.</summary>
    public async Task StartAsync(CancellationToken cancellation)
    {
        var settings = book.Settings;
        lock (_gate)
        {
            if (!ReferenceEquals(_lookedBy, settings) || (_isIncomplete && !_isLooking))
                (_lookedBy, _lookedAt, _isLooking, _isIncomplete) = (settings, null, true, false);
        }
        if (IsFull != _saidFull && (_saidFull = IsFull)) LogFull(logger, book.Count);
        long start = Stopwatch.GetTimestamp();
        while (!IsFull && _isLooking && Stopwatch.GetElapsedTime(start) < LookTime)
        {
            var page = await store.Items.ListAsync(_lookedAt, Page, cancellation);
            await StartAsync(page, settings, cancellation);
            if (page.Count > 0) _lookedAt = page[^1].Id;
            _isLooking = page.Count > 0;
        }
        while (!IsFull && Stopwatch.GetElapsedTime(start) < LookTime && Take() is { Count: > 0 } ids)
            try
            {
                var entries = new List<CatalogEntry>();
                foreach (string id in ids) if (await store.Items.GetAsync(id, cancellation) is { } entry) entries.Add(entry);
                await StartAsync(entries, settings, cancellation);
            }
            catch
            {
                lock (_gate) _changed.UnionWith(ids);
                throw;
            }
    }

    private async Task StartAsync(IReadOnlyList<CatalogEntry> entries, ContractSettings settings, CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        NewContract[] contracts = [.. entries.Where(entry => !entry.Hidden && entry.CreatedAt >= settings.Since)
            .Select(entry => (entry.Id, Impressions: PromisedTo(entry) ?? settings.Impressions)).Where(promise => promise.Impressions > 0)
            .Select(promise => new NewContract(promise.Id, promise.Impressions, settings.Hours, now, true))];
        if (await store.Contracts.StartAsync(contracts, isFirst: true, cancellation) > 0)
            book.Update(await store.Contracts.RunningAsync(cancellation));
    }

    /// <returns>What the item's own attribute says; null: nothing.</returns>
    private int? PromisedTo(CatalogEntry entry)
    {
        var (impressions, fault) = ContractAttribute.Read(entry.Attributes);
        if (fault is { } value) LogAttribute(logger, PlainText.Shorten(entry.Id), PlainText.Shorten(value.GetRawText()));
        return impressions;
    }

    /// <returns>Some of the items that changed, which are noted no more.</returns>
    private List<string> Take()
    {
        lock (_gate)
        {
            List<string> ids = [.. _changed.Take(Page)];
            _changed.ExceptWith(ids);
            return ids;
        }
    }

    [LoggerMessage(72, LogLevel.Warning, "{Running} contracts run, and no more may: further new items wait until some have ended")]
    private static partial void LogFull(ILogger log, int running);

    [LoggerMessage(71, LogLevel.Warning,
        "The attribute 'contract' of item '{Item}' must be a number of impressions, 0 for none; it is {Value}, so the item gets the " +
            "usual contract")]
    private static partial void LogAttribute(ILogger log, string item, string value);
}
