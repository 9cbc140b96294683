using System.Diagnostics;
using Kindred.Store;
using Kindred.Store.Exposures;

namespace Kindred.Server.Experiments;

/// <summary>Credits events of interleaved experiments on this server, and reads what all servers credited.</summary>
internal sealed class InterleavedExperiments(
    IStore store, ExposureLog log, LivingFolder folder, ExposureSums sums, TimeProvider clock) : IDisposable
{
    /// <summary>Of the time between two rounds, as the log of a busy server takes long to read.</summary>
    private const double MostOfTime = .05;

    private readonly Dictionary<string, InterleavedEvents> _events = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _work = new(1);
    private readonly Stopwatch _since = Stopwatch.StartNew();
    private TimeSpan _next;

    /// <summary>Credits what is new, not too often.</summary>
    public async Task CreditDueAsync(IReadOnlyList<LiveExperiment> experiments, CancellationToken cancellation)
    {
        if (_since.Elapsed < _next) return;
        var start = _since.Elapsed;
        foreach (var experiment in experiments.Where(IsCredited)) await CreditAsync(experiment, cancellation);
        _next = _since.Elapsed + ((_since.Elapsed - start) / MostOfTime);
    }

    public async Task<InterleavingReport> ReportAsync(LiveExperiment experiment, CancellationToken cancellation)
    {
        await sums.FlushAsync(cancellation); // what was just answered counts
        if (IsCredited(experiment)) await CreditAsync(experiment, cancellation);
        return await ExperimentReports.ReadInterleavedAsync(experiment, store, clock.GetUtcNow(), cancellation);
    }

    public void Dispose() => _work.Dispose();

    /// <summary>A while longer than the window, for events that come late.</summary>
    private bool IsCredited(LiveExperiment experiment) => experiment.Setup.Interleaved && experiment.StartedAt is not null
        && !(clock.GetUtcNow() - experiment.StoppedAt > 2 * InterleavedEvents.Window);

    private async Task CreditAsync(LiveExperiment experiment, CancellationToken cancellation)
    {
        await _work.WaitAsync(cancellation);
        try
        {
            if (!_events.TryGetValue(experiment.Name, out var events))
                _events.Add(experiment.Name, events = new(store, new(folder.Exposures), log.FlushAsync));
            await events.UpdateAsync(experiment, cancellation);
        }
        finally
        {
            _work.Release();
        }
    }
}
