using System.Diagnostics;
using Kindred.ExposureContracts;
using Kindred.Server.Live;
using Kindred.Store;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Kindred.Server.ExposureContracts;

/// <summary>
/// Rounds, several a second: start contracts, read and write what was given, credit clicks, and end contracts that are kept, hopeless or
/// over. All servers of a store do so: whoever sees it first writes it.
/// </summary>
internal sealed partial class ContractService(
    IStore store, ContractBook book, ContractStarter starter, ContractPriors priors, ContractLog answers, LivingFolder folder,
    LiveState live, StoreChanges changes, EventSettingsInUse events, Kindred.Store.Exposures.ExposureLog log, TimeProvider clock,
    ILogger<ContractService> logger)
    : BackgroundService
{
    /// <summary>Of the time between two looks at the log, which takes long to read on a busy server.</summary>
    private const double MostOfTime = .05;

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(300);

    /// <summary>Who asks for the ledger does not wait longer for the clicks of just now.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _work = new(1);
    private readonly string _writer = folder.ServerId();
    private bool _isStarted;
    private long _clicksDue, _appealsDue; // Stopwatch ticks
    private TimeSpan _clicksTook;

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        changes.Changed += list =>
        {
            starter.Notice(list);
            return Task.CompletedTask;
        };
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
            catch (Exception e) when (!stoppingToken.IsCancellationRequested) // a database that gives up may say "cancelled", too
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
            if (book.Settings.Enabled) await starter.StartAsync(cancellation);
            else
            {
                starter.Forget();
                if (book.Count == 0) return;
            }
            book.Update(await store.Contracts.RunningAsync(cancellation));
            await priors.ExpectAsync(cancellation);
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
        var saved = (await store.Contracts.SumsAsync(_writer, cancellation)).ToDictionary(sum => sum.Number);
        var day = await store.Contracts.DayAsync(ContractBook.DayAt(clock.GetUtcNow()), _writer, cancellation);
        var running = await store.Contracts.RunningAsync(cancellation);
        var start = book.Begin(running, saved, day);
        if (running.Count > 0)
            book.AddUnsaved(await answers.GivenAsync(running, saved, book.Settings.Places().Last, start, cancellation));
        _isStarted = true;
        book.SetReady();
    }

    /// <summary>Credits clicks: not too often. Those of contracts that ended lately too, as clicks come later than impressions.</summary>
    private async Task CreditAsync(CancellationToken cancellation)
    {
        long start = Stopwatch.GetTimestamp();
        if (start < _clicksDue) return;
        var lately = await store.Contracts.AllAsync(clock.GetUtcNow() - (2 * ContractLog.Window), cancellation);
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
        await priors.LearnAsync(events.Current, cancellation);
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
        var (now, threshold) = (clock.GetUtcNow(), book.Threshold);
        bool hasEnded = false;
        using var view = live.Acquire();
        foreach (var contract in book.Running)
        {
            if (!view.MayShow(contract.Stored.ItemId))
            {
                bool isDeleted = await store.Items.GetAsync(contract.Stored.ItemId, cancellation) is null;
                hasEnded |= await store.Contracts.EndAsync(contract.Stored.Number, ContractState.Stopped,
                    isDeleted ? "The item was deleted." : "The item was hidden.", cancellation);
                continue;
            }
            var (appeal, given) = book.AppealAndGiven(contract);
            var state = contract.Stored.Terms.StateAt(now, given, appeal, threshold);
            if (state == ContractState.Running) continue;
            // hopeless by a prior of some time ago, which is brought up to date: the next round decides
            if (state == ContractState.Hopeless && await priors.ExpectAnewAsync(contract, cancellation)) continue;
            string reason = ContractEnding.ReasonOf(contract.Stored, state, given, appeal, threshold ?? 0, now);
            hasEnded |= await store.Contracts.EndAsync(contract.Stored.Number, state, reason, cancellation);
        }
        if (hasEnded) book.Update(await store.Contracts.RunningAsync(cancellation));
    }

    [LoggerMessage(70, LogLevel.Warning, "Exposure contracts cannot be brought up to date; trying again")]
    private static partial void LogFailed(ILogger log, Exception e);
}
