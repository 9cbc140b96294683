using KindredWorker;

var builder = Host.CreateApplicationBuilder(args);
builder.Services.Configure<TrainingOptions>(builder.Configuration.GetSection("Training"));
builder.Services.AddSingleton(TimeProvider.System);
builder.Services.AddHostedService<TrainingService>();
builder.Build().Run();
