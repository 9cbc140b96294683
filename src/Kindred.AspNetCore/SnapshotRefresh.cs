using Kindred.Models;
using Kindred.Snapshots;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace Kindred.AspNetCore;

/// <summary>
/// Opens the newest snapshot before the host listens, and swaps to a newer one when it appears. What cannot be opened is logged once; the
/// present snapshot keeps answering or, at the start, the newest one that can be opened. Options that change while the host runs hold from
/// then on; where the changed ones cannot be used, the ones before do.
/// </summary>
internal sealed partial class SnapshotRefresh : BackgroundService
{
    private readonly LiveSnapshot _snapshots;
    private readonly string? _key;
    private readonly Func<KindredOptions> _current;
    private readonly IConfiguration? _configuration;
    private readonly ILogger _log;
    private readonly TrainerCatalog? _trainers;
    private readonly PeriodicTimer _timer;
    private readonly Lock _gate = new();
    private KindredOptions _options;
    private string _folder;
    private volatile string? _failure;
    private (string Path, int Ticks, int Left)? _refused; // reading it whole at every tick would cost much and change little

    /// <param name="key">Of the recommender; null: the one without a key.</param>
    /// <param name="current">The options as they are now; throws where they cannot be used.</param>
    /// <param name="configuration">Says when they change; null: they do not.</param>
    public SnapshotRefresh(
        LiveSnapshot snapshots, string? key, Func<KindredOptions> current, IConfiguration? configuration, ILoggerFactory logs,
        TimeProvider? clock = null, TrainerCatalog? trainers = null)
    {
        (_snapshots, _key, _current, _configuration, _trainers) = (snapshots, key, current, configuration, trainers);
        string category = typeof(SnapshotRefresh).FullName!;
        _log = logs.CreateLogger(key is null ? category : $"{category}[{key}]");
        _options = current();
        _folder = FolderOf(_options);
        _timer = new(PeriodOf(_options), clock ?? TimeProvider.System);
    }

    /// <summary>Why the newest snapshot does not answer, in a sentence; null: it does.</summary>
    public string? Failure => _failure;

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        Refresh();
        await base.StartAsync(cancellationToken);
    }

    public override void Dispose()
    {
        _timer.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var changes = _configuration is null ? null : ChangeToken.OnChange(_configuration.GetReloadToken, TakeChanges);
        if (changes is not null) TakeChanges(); // what changed while the first snapshot was opened
        while (await _timer.WaitForNextTickAsync(stoppingToken)) Refresh();
    }

    private static string FolderOf(KindredOptions options) => Path.TrimEndingDirectorySeparator(Path.GetFullPath(options.Snapshots));

    private static TimeSpan PeriodOf(KindredOptions options) =>
        options.ReloadInterval == TimeSpan.Zero ? Timeout.InfiniteTimeSpan : options.ReloadInterval;

    private void TakeChanges()
    {
        lock (_gate)
        {
            try
            {
                var options = _current();
                if (FolderOf(options) == _folder && options.ReloadInterval == _options.ReloadInterval
                    && options.RecallSample == _options.RecallSample) return;
                (_options, _folder, _timer.Period, _refused) = (options, FolderOf(options), PeriodOf(options), null);
                _snapshots.SampleRecall(options.RecallSample);
                LogChanged(_log, _folder, options.ReloadInterval);
            }
            catch (Exception e) when (e is OptionsValidationException or InvalidOperationException)
            {
                LogUnusable(_log, e.Message);
                return;
            }
            Refresh();
        }
    }

    private void Refresh()
    {
        lock (_gate) RefreshAlone();
    }

    private void RefreshAlone()
    {
        try
        {
            if (!Directory.Exists(_folder))
                throw new InputException($"{_folder} does not exist; publish a snapshot into it, or name another folder as Snapshots.");
            string newest = Snapshot.Find(_folder);
            if (IsWaiting(newest)) return;
            bool isNew = _snapshots.Refresh(_folder, _trainers);
            (_refused, _snapshots.Absence) = (null, null);
            using var lease = _snapshots.TryAcquire();
            if (lease?.Snapshot is not { } snapshot) return;
            var skipped = isNew ? snapshot.Skipped : Snapshot.UnreadableAfter(snapshot.Path, _folder);
            if (isNew || _failure is null)
                foreach (string reason in skipped) LogSkipped(_log, reason);
            _failure = skipped is [var why, ..] ? why : null;
            if (!isNew) return;
            var served = snapshot.Manifest;
            LogServing(_log, served.Id, served.Items, served.Users, served.Model.Trainer);
        }
        catch (Exception e) when (e is not OperationCanceledException and not OptionsValidationException)
        {
            if (e.Message != _failure) LogFailure(e);
            _failure = e.Message;
            _snapshots.Absence = e is InputException ? Named(WithoutPaths(e.Message)) : null;
        }
    }

    private string Named(string sentence) => _key is null ? sentence : $"recommender '{_key}': {sentence}";

    /// <summary>Who asks over HTTP need not know where the host keeps its files.</summary>
    private string WithoutPaths(string sentence) =>
        sentence.Replace(_folder + Path.DirectorySeparatorChar, "", StringComparison.Ordinal)
            .Replace(_folder, "the folder of snapshots", StringComparison.Ordinal);

    /// <summary>A snapshot that was refused is tried again after 1, 2, 4, … and at most 64 ticks.</summary>
    private bool IsWaiting(string newest)
    {
        if (_refused is not { } refused || refused.Path != newest)
        {
            _refused = (newest, 1, 0); // until it has been opened
            return false;
        }
        bool waits = refused.Left > 0;
        _refused = waits ? refused with { Left = refused.Left - 1 } : (newest, Math.Min(64, 2 * refused.Ticks), refused.Ticks);
        return waits;
    }

    private void LogFailure(Exception e)
    {
        if (e is not InputException) LogFailed(_log, e);
        else if (_snapshots.HasSnapshot) LogRefused(_log, e.Message);
        else LogNone(_log, e.Message);
    }

    [LoggerMessage(1, LogLevel.Information, "Serving {Snapshot}: {Items} items, {Users} users, model {Model}")]
    private static partial void LogServing(ILogger log, string snapshot, int items, int users, string model);

    [LoggerMessage(2, LogLevel.Warning, "No snapshot answers yet: {Reason}")]
    private static partial void LogNone(ILogger log, string reason);

    [LoggerMessage(3, LogLevel.Error, "The newest snapshot cannot be used, the present one keeps answering: {Reason}")]
    private static partial void LogRefused(ILogger log, string reason);

    [LoggerMessage(5, LogLevel.Warning, "Skipped a newer snapshot: {Reason}")]
    private static partial void LogSkipped(ILogger log, string reason);

    [LoggerMessage(4, LogLevel.Error, "Looking for a newer snapshot failed")]
    private static partial void LogFailed(ILogger log, Exception e);

    [LoggerMessage(6, LogLevel.Information, "The options have changed: snapshots are in {Folder}, looked for every {Interval}")]
    private static partial void LogChanged(ILogger log, string folder, TimeSpan interval);

    [LoggerMessage(7, LogLevel.Error, "The changed options cannot be used, those before them are: {Reason}")]
    private static partial void LogUnusable(ILogger log, string reason);
}
