using CsCheck;
using Kindred.Numerics;

namespace Kindred.Tests.Numerics;

public sealed class FixedPointTests
{
    [Fact]
    public void A_sum_in_any_order_is_the_same_and_near_the_sum()
    {
        Gen.Float[-3, 3].Array[37].Array[1, 9].Sample(parts =>
        {
            double bound = 3.0 * parts.Length;
            float scale = FixedPoint.Scale(bound);
            int[] forward = new int[37], backward = new int[37];
            foreach (float[] part in parts) FixedPoint.Add(part, scale, forward);
            foreach (float[] part in parts.Reverse())
            {
                int[] alone = new int[37];
                FixedPoint.Add(part, scale, alone);
                FixedPoint.Add(alone, backward);
            }
            Assert.Equal(forward, backward);
            float[] sums = new float[37];
            FixedPoint.AddTo(forward, scale, sums);
            for (int n = 0; n < sums.Length; n++)
                Assert.InRange(sums[n] - parts.Sum(part => (double)part[n]), -1e-7 * bound * 4, 1e-7 * bound * 4);
        });
    }

    [Fact]
    public void The_largest_sum_does_not_overflow()
    {
        foreach (double bound in (double[])[1e-20, .3, 1, 1.999, 2, 12345.6, 1e20])
        {
            float scale = FixedPoint.Scale(bound);
            Assert.InRange(bound * scale, (1 << 28) - 1, 1 << 30);
        }
        Assert.Equal(0, FixedPoint.Scale(0));
    }

    [Fact]
    public void By_hand()
    {
        int[] sums = [1, 2];
        FixedPoint.Add([.5f, -.25f], 4, sums); // 1 + 2, 2 − 1
        Assert.Equal([3, 1], sums);
        float[] values = [1, 1];
        FixedPoint.AddTo(sums, 4, values); // 1 + 3/4, 1 + 1/4
        Assert.Equal([1.75f, 1.25f], values);
    }
}
