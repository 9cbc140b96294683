namespace Kindred.Server.Access;

/// <summary>
/// Requests that a key may send now: they fill up at the rate of its limit, up to the burst. What other servers let through is taken off
/// later, so that it may owe some; in the long run all servers together let through as many as the limit says.
/// </summary>
internal sealed class KeyBudget(RequestLimits limits, TimeProvider clock)
{
    private readonly double _rate = limits.RequestsPerSecond ?? throw new ArgumentException("There is no limit.", nameof(limits));
    private readonly double _most = limits.Burst ?? Math.Max(1, Math.Ceiling(limits.RequestsPerSecond ?? 1));
    private double _left = limits.Burst ?? Math.Max(1, Math.Ceiling(limits.RequestsPerSecond ?? 1));
    private long _filled = clock.GetTimestamp();

    /// <summary>What it was made for.</summary>
    public RequestLimits Limits => limits;

    /// <summary>Takes one.</summary>
    /// <returns>Zero: it may be sent; else how long until one may.</returns>
    public TimeSpan Take()
    {
        lock (this)
        {
            Fill();
            if (_left < 1) return TimeSpan.FromSeconds((1 - _left) / _rate);
            _left--;
            return TimeSpan.Zero;
        }
    }

    /// <summary>Takes off what another server let through.</summary>
    /// <param name="within">It has not let through more than the limit allows within that time, whatever it counted before.</param>
    public void TakeOff(long requests, TimeSpan within)
    {
        lock (this)
        {
            Fill();
            _left -= Math.Min(requests, _most + (_rate * within.TotalSeconds));
        }
    }

    private void Fill()
    {
        long now = clock.GetTimestamp();
        _left = Math.Min(_most, _left + (_rate * clock.GetElapsedTime(_filled, now).TotalSeconds));
        _filled = now;
    }
}
