using Kindred.Numerics.Distributions;
using Kindred.OnlineExperiments.Estimation;

namespace Kindred.OnlineExperiments.Design;

/// <summary>How a proportion varies if nothing changes.</summary>
public enum NullVariance
{
    /// <summary>As the mean of both arms: J. Fleiss, "Statistical Methods for Rates and Proportions".</summary>
    Pooled,

    /// <summary>As in control: evanmiller.org/ab-testing/sample-size.html.</summary>
    Baseline,
}

/// <summary>How many units an effect needs, and which effect a number of units can show.</summary>
public static class SampleSize
{
    /// <returns>Units an arm: 2σ²(z₁₋α/₂ + z_power)²/δ² + z²/4, whose last term stands for Student's t (W. Guenther, The American
    /// Statistician 1981).</returns>
    /// <param name="effect">δ ≠ 0, absolute.</param>
    /// <param name="variance">σ² of a unit.</param>
    public static double ForMeans(double effect, double variance, double alpha, double power)
    {
        double z = Normal.UpperQuantile(alpha / 2);
        return Math.Ceiling((2 * variance * Square(z + Normal.Quantile(power)) / Square(effect)) + (z * z / 4));
    }

    /// <returns>Units in control, not rounded, of a z-test of two proportions that finds the effect in either tail:
    /// Φ((√n·|δ| − z₁₋α/₂·s₀) / s₁) + Φ((−√n·|δ| − z₁₋α/₂·s₀) / s₁) = power.</returns>
    /// <param name="effect">δ ≠ 0, absolute.</param>
    /// <param name="ratio">r: units in the treatment for each in control. s₀² = (1 + 1/r)·p̄q̄, s₁² = p₁q₁ + p₂q₂/r.</param>
    public static double ForProportions(
        double baseline, double effect, double alpha, double power, double ratio = 1, NullVariance nullVariance = NullVariance.Pooled)
    {
        static double Variance(double p) => p * (1 - p);
        double changed = baseline + effect, pooled = (baseline + (ratio * changed)) / (1 + ratio);
        double critical = Normal.UpperQuantile(alpha / 2)
            * Math.Sqrt((1 + (1 / ratio)) * Variance(nullVariance == NullVariance.Pooled ? pooled : baseline));
        double deviation = Math.Sqrt(Variance(baseline) + (Variance(changed) / ratio));
        // √n·|δ|: with the other tail it is a little less than without
        double low = 0, high = critical + (Math.Max(0, Normal.Quantile(power)) * deviation);
        while (high - low > 1e-13 * high)
        {
            double middle = (low + high) / 2;
            if (Normal.Cdf((middle - critical) / deviation) + Normal.Cdf((-middle - critical) / deviation) < power) low = middle;
            else high = middle;
        }
        return Square(high / effect);
    }

    /// <returns>Units of all arms, for the comparison of control with one treatment: (z + z_power)²·(σ_c²/w_c + σ_t²/w_t)/δ².</returns>
    /// <param name="controlShare">w_c: of all arms' units.</param>
    public static double Total(
        double effect, double controlVariance, double treatmentVariance, double controlShare, double treatmentShare, double alpha,
        double power, TestSides sides = TestSides.Both) =>
        Square(Normal.UpperQuantile(sides == TestSides.Both ? alpha / 2 : alpha) + Normal.Quantile(power))
            * ((controlVariance / controlShare) + (treatmentVariance / treatmentShare)) / Square(effect);

    /// <returns>The smallest effect that is found with the power wanted, absolute: (width + z_power)·standard error.</returns>
    /// <param name="error">Of the difference, with the units there will be.</param>
    /// <param name="width">Half the interval in standard errors, as the design has it at its end.</param>
    public static double DetectableEffect(double error, double width, double power) => error * (width + Normal.Quantile(power));

    /// <returns>Units of all arms with which an effect as large as the one measured is found; ∞: there is none.</returns>
    /// <param name="error">Of the effect, with the units that were measured.</param>
    public static double UnitsFor(double effect, double error, long units, double alpha, double power)
    {
        double z = Normal.UpperQuantile(alpha / 2) + Normal.Quantile(power);
        return effect == 0 ? double.PositiveInfinity : Math.Ceiling(units * Square(z * error / effect));
    }

    /// <returns>The chance to find an effect, on either side.</returns>
    public static double Power(double effect, double error, double width) =>
        Normal.Survival(width - (effect / error)) + Normal.Cdf(-width - (effect / error));

    private static double Square(double x) => x * x;
}
