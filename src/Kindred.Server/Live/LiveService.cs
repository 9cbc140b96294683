using Kindred.Server.Experiments;
using Kindred.Server.Ingestion;
using Kindred.Store.Exposures;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Kindred.Server.Live;

/// <summary>Tells each <see cref="LiveState"/> what this server writes, at once, and lets it look for what others write.</summary>
internal sealed partial class LiveService(
    LiveState state, SnapshotArms arms, StoreChanges changes, EventWriter writer, Forgetting forgetting, ExposureLog exposures,
    ILogger<LiveService> log)
    : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    private string? _failure;

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        // what happens while the state is read is not missed: it is told twice
        changes.Changed += async list =>
        {
            foreach (var each in States) await each.ApplyAsync(list, CancellationToken.None);
        };
        writer.Stored += events =>
        {
            foreach (var each in States) each.Notice(events);
        };
        forgetting.Add((kind, id) => exposures.ForgetAsync(kind, id));
        await state.StartAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    /// <summary>Of the served snapshot, and of those that answer for arms of experiments.</summary>
    private IEnumerable<LiveState> States => arms.States.Prepend(state);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                foreach (var each in arms.Started.Prepend(state)) await each.PollAsync(stoppingToken);
                _failure = null;
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                if (_failure != e.Message) LogFailed(log, e);
                _failure = e.Message;
            }
        }
    }

    [LoggerMessage(12, LogLevel.Warning, "Answers cannot be brought up to date; trying again")]
    private static partial void LogFailed(ILogger log, Exception e);
}
