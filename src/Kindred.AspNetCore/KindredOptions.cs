namespace Kindred.AspNetCore;

/// <summary>From where a host recommends.</summary>
public sealed class KindredOptions
{
    /// <summary>
    /// A snapshot, or a folder of snapshots: then the newest one. Required; it may still be empty or missing when the host starts, which is
    /// logged.
    /// </summary>
    public string Snapshots { get; set; } = "";

    /// <summary>How often to look for a newer snapshot; zero: never.</summary>
    public TimeSpan ReloadInterval { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// The share of the requests that is answered again, exactly and in the background, where an index answers: <c>/v1/index</c> tells its
    /// recall.
    /// </summary>
    public double RecallSample { get; set; } = .001;
}
