// File -> processor -> file in chunks, with the job's metadata in H2 on disk. Parameters: input, output, chunk size, folder of the database.
package bench;

import com.zaxxer.hikari.HikariDataSource;
import java.nio.file.Path;
import org.springframework.batch.core.BatchStatus;
import org.springframework.batch.core.job.Job;
import org.springframework.batch.core.job.JobExecution;
import org.springframework.batch.core.job.builder.JobBuilder;
import org.springframework.batch.core.job.parameters.JobParameters;
import org.springframework.batch.core.launch.support.TaskExecutorJobLauncher;
import org.springframework.batch.core.repository.JobRepository;
import org.springframework.batch.core.repository.support.JdbcJobRepositoryFactoryBean;
import org.springframework.batch.core.step.Step;
import org.springframework.batch.core.step.builder.StepBuilder;
import org.springframework.batch.infrastructure.item.file.builder.FlatFileItemReaderBuilder;
import org.springframework.batch.infrastructure.item.file.builder.FlatFileItemWriterBuilder;
import org.springframework.core.io.ClassPathResource;
import org.springframework.core.io.FileSystemResource;
import org.springframework.jdbc.datasource.init.ResourceDatabasePopulator;
import org.springframework.jdbc.support.JdbcTransactionManager;

public final class ChunkStep {
  public static void main(String[] parameters) throws Exception {
    String input = parameters[0];
    String output = parameters[1];
    int chunk = Integer.parseInt(parameters[2]);
    try (HikariDataSource database = database(Path.of(parameters[3]))) {
      JdbcTransactionManager transactions = new JdbcTransactionManager(database);
      JobRepository repository = repository(database, transactions);
      Step step = new StepBuilder("price", repository)
          .<String, String>chunk(chunk)
          .transactionManager(transactions)
          .reader(new FlatFileItemReaderBuilder<String>().name("orders").resource(new FileSystemResource(input)).lineMapper((line, number) -> line).build())
          .processor(Orders::priced)
          .writer(new FlatFileItemWriterBuilder<String>().name("priced").resource(new FileSystemResource(output)).lineAggregator(line -> line).build())
          .build();
      run(new JobBuilder("orders", repository).start(step).build(), repository);
    }
  }

  private static HikariDataSource database(Path folder) {
    HikariDataSource database = new HikariDataSource();
    database.setJdbcUrl("jdbc:h2:file:" + folder.resolve("metadata"));
    database.setUsername("sa");
    new ResourceDatabasePopulator(new ClassPathResource("org/springframework/batch/core/schema-h2.sql")).execute(database);
    return database;
  }

  private static JobRepository repository(HikariDataSource database, JdbcTransactionManager transactions) throws Exception {
    JdbcJobRepositoryFactoryBean factory = new JdbcJobRepositoryFactoryBean();
    factory.setDataSource(database);
    factory.setTransactionManager(transactions);
    factory.afterPropertiesSet();
    return factory.getObject();
  }

  private static void run(Job job, JobRepository repository) throws Exception {
    TaskExecutorJobLauncher launcher = new TaskExecutorJobLauncher();
    launcher.setJobRepository(repository);
    launcher.afterPropertiesSet();
    JobExecution execution = launcher.run(job, new JobParameters());
    if (execution.getStatus() != BatchStatus.COMPLETED) {
      throw new IllegalStateException("The job ended as " + execution + "; expected COMPLETED. " + execution.getAllFailureExceptions());
    }
  }
}
