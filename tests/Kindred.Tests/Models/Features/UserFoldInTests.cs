using Kindred.Models.Features;

namespace Kindred.Tests.Models.Features;

public sealed class UserFoldInTests
{
    [Fact]
    public void Folding_in_by_squared_errors_is_a_ridge_regression()
    {
        // θ = (v, w), rows z = (1, 1) with target 3 and z = (2, 1) with target 5, offsets 1, penalty 0 but a trifle: v = 2, w = 0
        double[] theta = UserFoldIn.Solve([new(1, [1, 1], 3, 1), new(1, [2, 1], 5, 1)], [0, 0], logistic: false);
        Assert.Equal(2, theta[0], 1e-4);
        Assert.Equal(0, theta[1], 1e-4);
        // with a penalty of 1 on each: (ZᵀZ + I)θ = Zᵀt: (6, 3; 3, 3)θ = (10, 6) → θ = (4/3, 2/3)
        theta = UserFoldIn.Solve([new(1, [1, 1], 3, 1), new(1, [2, 1], 5, 1)], [1, 1], logistic: false);
        Assert.Equal(4 / 3.0, theta[0], 1e-6);
        Assert.Equal(2 / 3.0, theta[1], 1e-6);
    }

    [Fact]
    public void Folding_in_by_the_logistic_loss_ends_where_the_slope_is_zero()
    {
        FoldInRow[] rows = [new(.2, [1, 1], 1, 2), new(-.3, [-1, 1], 0, 1), new(0, [.5f, 1], 0, 1)];
        double[] theta = UserFoldIn.Solve(rows, [.1, .1], logistic: true);
        for (int n = 0; n < 2; n++)
        {
            double slope = .1 * theta[n];
            foreach (var row in rows) slope += row.Weight * ((1 / (1 + Math.Exp(-row.ScoreAt(theta)))) - row.Target) * row.Slopes[n];
            Assert.Equal(0, slope, 1e-4);
        }
    }
}
