using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Kindred.ExposureContracts;
using Kindred.Server.Live;
using Kindred.Store;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Kindred.Server.ExposureContracts;

/// <summary>
/// Starts a contract for each new item, keeps what was given in the store, credits clicks, and ends contracts that are kept, hopeless or
/// over. All servers of a store do so: whoever sees it first writes it.
/// </summary>
internal sealed partial class ContractService(
    IStore store, ContractBook book, ContractLog answers, LivingFolder folder, LiveState live, StoreChanges changes,
    EventSettingsInUse events, Kindred.Store.Exposures.ExposureLog log, TimeProvider clock, ILogger<ContractService> logger)
    : BackgroundService
{
    /// <summary>With so many, and those of the page that reached it, further items wait.</summary>
    private const int MostRunning = 10_000;

    private const int Page = 1_000, Neighbours = 20;

    /// <summary>Of the time between two looks at the log, which takes long to read on a busy server.</summary>
    private const double MostOfTime = .05;

    /// <summary>A rate that others like it let expect of an item is kept anew where it changed by such a part.</summary>
    private const double LeastChange = .02;

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(300);

    /// <summary>Of each round: to look for items that are like so many others takes longer.</summary>
    private static readonly TimeSpan ExpectTime = TimeSpan.FromMilliseconds(20);

    /// <summary>Who asks for the ledger does not wait longer for the clicks of just now.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(1);

    private readonly ConcurrentQueue<string> _changed = new();
    private readonly SemaphoreSlim _work = new(1);
    private readonly string _writer = folder.ServerId();
    private ContractSettings? _scanned; // the settings that all items were looked at by
    private bool _isStarted;
    private DateTimeOffset _start;
    private readonly Queue<RunningContract> _toExpect = []; // whose items others let expect something else of by now, maybe
    private long _clicksDue, _appealsDue; // Stopwatch ticks
    private ItemAppeals? _expectedBy; // what running contracts are expected to bring was last computed from
    private TimeSpan _clicksTook;

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        changes.Changed += list =>
        {
            foreach (var change in list) if (change is { Kind: ChangeKind.Item, Deleted: false }) _changed.Enqueue(change.Id);
            return Task.CompletedTask;
        };
        _start = clock.GetUtcNow(); // what is answered from now on is counted as it is given
        await base.StartAsync(cancellationToken);
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        if (_isStarted) await SaveAsync(cancellationToken);
    }

    public override void Dispose()
    {
        _work.Dispose();
        base.Dispose();
    }

    /// <summary>Does now what is due: before the ledger is read, and after a person changed something.</summary>
    public async Task CatchUpAsync(bool withClicks, CancellationToken cancellation)
    {
        if (withClicks && _clicksTook < LongestWait) _clicksDue = 0;
        await RoundAsync(cancellation);
    }

    /// <summary>What is given is saved in time, also while much of the log is read.</summary>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(Repeat(RoundAsync, stoppingToken), Repeat(LearnAsync, stoppingToken));

    private async Task Repeat(Func<CancellationToken, Task> work, CancellationToken stoppingToken)
    {
        string? failure = null;
        using var timer = new PeriodicTimer(Interval);
        do
        {
            try
            {
                await work(stoppingToken);
                failure = null;
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                if (failure != e.Message) LogFailed(logger, e);
                failure = e.Message;
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task RoundAsync(CancellationToken cancellation)
    {
        await _work.WaitAsync(cancellation);
        try
        {
            if (!_isStarted) await BeginAsync(cancellation);
            if (!book.Settings.Enabled && book.Count == 0)
            {
                _changed.Clear();
                return;
            }
            await StartNewAsync(cancellation);
            await ReadAsync(cancellation);
            await CreditAsync(cancellation);
            await SaveAsync(cancellation);
            await EndAsync(cancellation);
        }
        finally
        {
            _work.Release();
        }
    }

    /// <summary>Takes up what ran before: counts what was given and not saved when the process was killed.</summary>
    private async Task BeginAsync(CancellationToken cancellation)
    {
        var saved = await store.Contracts.SumsAsync(_writer, cancellation);
        book.Begin(await store.Contracts.DayAsync(ContractBook.DayAt(_start), _writer, cancellation));
        var running = await RunningAsync(cancellation);
        var byNumber = saved.ToDictionary(sum => sum.Number);
        book.Update(running, byNumber);
        if (saved.Count + running.Count > 0)
            book.AddUnsaved(await Task.Run(() => answers.Given(running, byNumber, _start), cancellation));
        book.IsReady = _isStarted = true;
    }

    private async Task StartNewAsync(CancellationToken cancellation)
    {
        var settings = book.Settings;
        if (!settings.Enabled)
        {
            _changed.Clear();
            return;
        }
        if (book.Count >= MostRunning) return;
        if (!ReferenceEquals(_scanned, settings))
        {
            string? last = null;
            while (await store.Items.ListAsync(last, Page, cancellation) is { Count: > 0 } page)
            {
                await StartAsync(page, settings, cancellation);
                last = page[^1].Id;
                if (await IsFullAsync(cancellation)) return;
            }
            _scanned = settings;
        }
        try
        {
            while (!_changed.IsEmpty)
            {
                var entries = new List<CatalogEntry>();
                while (entries.Count < Page && _changed.TryDequeue(out string? id))
                    if (await store.Items.GetAsync(id, cancellation) is { } entry) entries.Add(entry);
                await StartAsync([.. entries.DistinctBy(entry => entry.Id)], settings, cancellation);
                if (await IsFullAsync(cancellation)) return;
            }
        }
        catch
        {
            _scanned = null; // of those that were taken off the queue nobody knows any more: all items are looked at again
            throw;
        }
    }

    private async Task<bool> IsFullAsync(CancellationToken cancellation)
    {
        book.Update(await RunningAsync(cancellation));
        return book.Count >= MostRunning;
    }

    private async Task StartAsync(IReadOnlyList<CatalogEntry> entries, ContractSettings settings, CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        NewContract[] contracts = [.. entries.Where(entry => !entry.Hidden && entry.CreatedAt >= settings.Since)
            .Select(entry => (entry.Id, Impressions: PromisedTo(entry) ?? settings.Impressions)).Where(promise => promise.Impressions > 0)
            .Select(promise => new NewContract(promise.Id, promise.Impressions, settings.Hours, now, true))];
        await store.Contracts.StartAsync(contracts, isFirst: true, cancellation);
    }

    /// <returns>What the item's own attribute says; null: nothing.</returns>
    private int? PromisedTo(CatalogEntry entry)
    {
        var (impressions, fault) = ContractAttribute.Read(entry.Attributes);
        if (fault is { } value) LogAttribute(logger, PlainText.Shorten(entry.Id), PlainText.Shorten(value.GetRawText()));
        return impressions;
    }

    private async Task ReadAsync(CancellationToken cancellation)
    {
        book.Update(await RunningAsync(cancellation));
        await ExpectAsync(cancellation);
    }

    /// <summary>
    /// What is expected of an item follows the shop: in one that just began to count clicks, the rate of its first minutes is the rate of
    /// nothing.
    /// </summary>
    private async Task ExpectAsync(CancellationToken cancellation)
    {
        long start = Stopwatch.GetTimestamp();
        foreach (var contract in book.Running.Where(contract => contract.Stored.Prior is null))
            await ExpectAnewAsync(contract, cancellation);
        if (_toExpect.Count == 0 && !ReferenceEquals(_expectedBy, book.Appeals))
        {
            _expectedBy = book.Appeals;
            foreach (var contract in book.Running) _toExpect.Enqueue(contract);
        }
        while (Stopwatch.GetElapsedTime(start) < ExpectTime && _toExpect.TryDequeue(out var contract))
            await ExpectAnewAsync(contract, cancellation);
    }

    /// <returns>Whether something else is expected of the item than before.</returns>
    private async Task<bool> ExpectAnewAsync(RunningContract contract, CancellationToken cancellation)
    {
        var prior = PriorOf(contract.Stored.ItemId);
        if (contract.Stored.Prior is { } kept && prior.Strength == kept.Strength
            && Math.Abs(prior.Rate - kept.Rate) < LeastChange * kept.Rate) return false;
        await store.Contracts.ExpectAsync(contract.Stored.Number, prior, cancellation);
        book.Expect(contract, prior);
        return true;
    }

    /// <summary>What items that are like it let expect: by their embeddings, or by what they have in common.</summary>
    private AppealPrior PriorOf(string itemId)
    {
        var otherwise = book.NewItem;
        using var view = live.Acquire();
        var served = view.Served;
        if (!served.Interactions.Items.TryGetIndex(itemId, out int item) || served.WithoutSimilarity is not null
            || served.StandInFor is not { } standIn || item < view.Known || standIn(item) is not { } place) return otherwise;
        (string, double)[] alike = place.Embedding.Span.ContainsAnyExcept(0)
            ? [.. served.SimilarItems().Find(place, Neighbours).Select(near => (
                served.Interactions.Items.Id(near.Item), (double)Math.Max(0, near.Score)))]
            : [.. place.Items.ToArray().Zip(
                place.Shares.ToArray(), (known, share) => (served.Interactions.Items.Id(known), (double)share))];
        return book.Appeals.PriorFrom(alike, otherwise.Rate);
    }

    /// <summary>Credits clicks: not too often.</summary>
    private async Task CreditAsync(CancellationToken cancellation)
    {
        long start = Stopwatch.GetTimestamp();
        if (start < _clicksDue) return;
        var lately = await store.Contracts.ListAsync(
            clock.GetUtcNow() - (2 * ContractLog.Window), MostRunning, null, cancellation);
        // of an item that had several, the newest
        var byItem = lately.GroupBy(contract => contract.ItemId).ToDictionary(own => own.Key, own => own.First());
        await answers.CreditAsync(byItem, events.Current, cancellation);
        (_clicksTook, _clicksDue) = (Stopwatch.GetElapsedTime(start), Due(start));
    }

    /// <summary>Learns how items are clicked: not too often.</summary>
    private async Task LearnAsync(CancellationToken cancellation)
    {
        long start = Stopwatch.GetTimestamp();
        if (start < _appealsDue || !book.Settings.Enabled) return;
        var appeals = await Task.Run(() => answers.AppealsAsync(events.Current, clock.GetUtcNow(), cancellation), cancellation);
        var all = await store.Contracts.ListAsync(DateTimeOffset.UnixEpoch, MostRunning, null, cancellation);
        book.Learn(appeals, appeals.RateOf(all.Sum(contract => contract.Clicks), all.Sum(contract => contract.Examined)));
        _appealsDue = Due(start);
    }

    private static long Due(long start)
    {
        long now = Stopwatch.GetTimestamp();
        return now + Math.Max(Stopwatch.Frequency, (long)((now - start) / MostOfTime));
    }

    /// <summary>First the log, then the store: what is counted there is in the log.</summary>
    private async Task SaveAsync(CancellationToken cancellation)
    {
        var (sums, days) = book.Unsaved();
        if (sums.Count + days.Count == 0) return;
        await log.FlushAsync(cancellation);
        await store.Contracts.KeepAsync(_writer, sums, days, cancellation);
        book.NoteSaved(sums, days);
    }

    private async Task EndAsync(CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        bool hasEnded = false;
        foreach (var contract in book.Running)
        {
            var (appeal, given) = book.Of(contract);
            var state = contract.Stored.Terms.StateAt(now, given, appeal, book.Threshold);
            if (state == ContractState.Running) continue;
            // hopeless by what was expected a while ago: the next round looks again
            if (state == ContractState.Hopeless && await ExpectAnewAsync(contract, cancellation)) continue;
            hasEnded |= await store.Contracts.EndAsync(
                contract.Stored.Number, state, ReasonOf(contract.Stored, state, given, appeal), cancellation);
        }
        if (hasEnded) book.Update(await RunningAsync(cancellation));
    }

    private string ReasonOf(StoredContract contract, ContractState state, long given, Appeal appeal) => state switch
    {
        ContractState.Kept =>
            $"The item had {Count(given, "impression")} in {Duration(clock.GetUtcNow() - contract.Terms.Began)}.",
        ContractState.Hopeless => $"After {Count(given, "impression")} and {Count(contract.Clicks, "click")}, the chance that its rate is "
            + Say($"above {book.Threshold:P1} is {appeal.ChanceAbove(book.Threshold):P1}."),
        _ => Say($"The item had {given} of {Count(contract.Terms.Impressions, "impression")} in {contract.Terms.Hours:0.##} hours: ")
            + "too few answers could have it, or the budget did not let them.",
    };

    private static string Count(long number, string what) => Say($"{number} {what}{(number == 1 ? "" : "s")}");

    private static string Duration(TimeSpan time) => time switch
    {
        { TotalMinutes: < 2 } => Say($"{time.TotalSeconds:0} seconds"),
        { TotalHours: < 2 } => Say($"{time.TotalMinutes:0} minutes"),
        _ => Say($"{time.TotalHours:0.#} hours"),
    };

    private static string Say(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private async Task<IReadOnlyList<StoredContract>> RunningAsync(CancellationToken cancellation) =>
        await store.Contracts.ListAsync(DateTimeOffset.MaxValue.AddDays(-1), MostRunning + Page, null, cancellation);

    [LoggerMessage(70, LogLevel.Warning, "Exposure contracts cannot be brought up to date; trying again")]
    private static partial void LogFailed(ILogger log, Exception e);

    [LoggerMessage(71, LogLevel.Warning,
        "The attribute 'contract' of item '{Item}' must be a number of impressions, 0 for none; it is {Value}, so the item gets the " +
            "usual contract")]
    private static partial void LogAttribute(ILogger log, string item, string value);
}
