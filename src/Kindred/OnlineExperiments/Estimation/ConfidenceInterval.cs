namespace Kindred.OnlineExperiments.Estimation;

/// <summary>Which values of an effect the data do not contradict, and how unlikely they are if there is none.</summary>
/// <param name="Low">−∞: not bounded below.</param>
/// <param name="High">∞: not bounded above.</param>
public sealed record ConfidenceInterval(double Low, double High, double PValue);

/// <summary>Which effects a test looks for.</summary>
public enum TestSides
{
    Both,

    /// <summary>Above 0: the interval has a lower bound only.</summary>
    Greater,

    /// <summary>Below 0: the interval has an upper bound only.</summary>
    Less,
}
