namespace Kindred.Numerics;

/// <summary>The logistic loss −ln σ(m) of a margin, and its negative slope σ(−m).</summary>
internal static class Logistic
{
    public static (float Slope, float Loss) Of(float margin)
    {
        float small = MathF.Exp(-MathF.Abs(margin)); // never overflows
        return ((margin > 0 ? small : 1) / (1 + small), MathF.Log(1 + small) + Math.Max(0, -margin));
    }
}
