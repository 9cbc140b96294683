using System.Diagnostics;

namespace Kindred.Pipelines;

/// <summary>
/// Keeps requests within a budget: before each step it adds up what the steps to come usually take and, where the time left is less, drops
/// those that may be dropped, in their order. What a step takes is a moving mean of what it took. Shared by all requests; races cost an
/// update, not a decision.
/// </summary>
/// <param name="order">Steps that may be dropped, the first to go first.</param>
/// <param name="steps">How many there are: sources, then stages.</param>
internal sealed class LoadShedder(TimeSpan limit, IReadOnlyList<int> order, int steps)
{
    /// <summary>The share of the last request in the mean.</summary>
    private const double NewShare = .1;

    /// <summary>
    /// A dropped step is thought to be a little faster each time, so that it is tried again when things may have changed.
    /// </summary>
    private const double Hope = .99;

    /// <summary>So often a step is done before its time counts: the first times it is not compiled yet.</summary>
    private const int WarmUp = 3;

    private readonly double[] _usual = new double[steps]; // seconds; 0: not known
    private readonly int[] _done = new int[steps];

    public Request Begin() => new(this);

    /// <summary>The steps of one request.</summary>
    internal sealed class Request(LoadShedder shedding)
    {
        private readonly long _start = Stopwatch.GetTimestamp();
        private readonly bool[] _isDropped = new bool[shedding._usual.Length];

        /// <returns>Whether the step is to be done; to be asked right before it, in the order of the steps.</returns>
        public bool Allows(int step)
        {
            double left = shedding.LimitInSeconds - Stopwatch.GetElapsedTime(_start).TotalSeconds, needed = 0;
            for (int next = step; next < _isDropped.Length; next++)
                if (!_isDropped[next]) needed += Volatile.Read(ref shedding._usual[next]);
            foreach (int candidate in shedding.Order)
            {
                if (needed <= left) break;
                if (candidate < step || _isDropped[candidate]) continue;
                _isDropped[candidate] = true;
                double usual = Volatile.Read(ref shedding._usual[candidate]);
                needed -= usual;
                Volatile.Write(ref shedding._usual[candidate], usual * Hope);
            }
            return !_isDropped[step];
        }

        public void Took(int step, TimeSpan time)
        {
            if (shedding._done[step] < WarmUp && Interlocked.Increment(ref shedding._done[step]) <= WarmUp) return;
            double usual = Volatile.Read(ref shedding._usual[step]), now = time.TotalSeconds;
            Volatile.Write(ref shedding._usual[step], usual == 0 ? now : usual + (NewShare * (now - usual)));
        }
    }

    private double LimitInSeconds => limit.TotalSeconds;

    private IReadOnlyList<int> Order => order;
}
