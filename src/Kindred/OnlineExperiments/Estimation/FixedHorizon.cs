using Kindred.Numerics.Distributions;

namespace Kindred.OnlineExperiments.Estimation;

/// <summary>Intervals and p-values for one look, at the time planned. Looking again and stopping when it suits breaks them.</summary>
public static class FixedHorizon
{
    /// <param name="degrees">Of Student's t.</param>
    public static ConfidenceInterval Interval(double estimate, double error, double degrees, double alpha, TestSides sides = TestSides.Both)
    {
        double t = estimate / error, twoSided = StudentT.PValue(t, degrees);
        double half = error * StudentT.UpperQuantile(sides == TestSides.Both ? alpha / 2 : alpha, degrees);
        double above = t > 0 ? twoSided / 2 : 1 - (twoSided / 2); // P(T > t)
        return sides switch
        {
            TestSides.Greater => new(estimate - half, double.PositiveInfinity, above),
            TestSides.Less => new(double.NegativeInfinity, estimate + half, 1 - above),
            _ => new(estimate - half, estimate + half, twoSided),
        };
    }
}
