using System.Diagnostics;

namespace Kindred.Tuning;

/// <summary>
/// How many trials fit into memory side by side. The first trial runs alone; what the process's peak grew by is what a trial takes, and so
/// many run at a time as fit into four fifths of what is left. Measured again after each round, as trials differ: the largest counts.
/// </summary>
internal sealed class TuningMemory
{
    private const double Share = .8;

    private readonly Process _process = Process.GetCurrentProcess();
    private readonly long _before;
    private long _trial; // bytes; 0: none was measured

    public TuningMemory() => _before = _process.WorkingSet64;

    /// <returns>At least 1.</returns>
    public int Fitting(int trials) => Fitting(trials, _trial, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes - _before);

    /// <param name="trial">Bytes that one takes; 0: not known.</param>
    /// <param name="left">Bytes.</param>
    internal static int Fitting(int trials, long trial, long left) =>
        trial == 0 ? 1 : (int)Math.Clamp(Share * left / trial, 1, trials);

    /// <param name="together">How many trials ran at a time.</param>
    public void Measure(int together)
    {
        _process.Refresh();
        _trial = Math.Max(_trial, Math.Max(1, (_process.PeakWorkingSet64 - _before) / together));
    }
}
